"""What can be read about demand."""
