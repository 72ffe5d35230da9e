"""Changes made on the screen: chosen, previewed, applied, on trial, and remembered."""
