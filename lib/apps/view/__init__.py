"""What the views share: style, text made safe, errors shown, pictures."""
