"""What the widgets and the page are made of: plain state, and thin views of it."""
