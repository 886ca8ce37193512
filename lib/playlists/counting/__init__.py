"""What stands together: pairs counted, similarities, lists of neighbours."""
