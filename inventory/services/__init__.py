"""What changes targets."""
