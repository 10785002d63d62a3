"""How sure a matched disparity is, measured without ground truth in every published way; see `catalog.MEASURES`."""
