"""Public data sets and what one brings oneself: where they are got, under which licence, and what of them is here."""
