"""The verbs as Python calls: each opens a source, runs one engine call, and writes the run folder and its report."""
