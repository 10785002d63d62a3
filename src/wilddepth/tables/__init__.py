"""Published tables as data: what each row is, what was published for it, and one runner for all of them."""
