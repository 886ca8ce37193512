"""From raw files to a store: slices and tables read, checked, numbered, merged."""
