"""What changes demand: history from sales, forecasts from history, consensus from both."""
