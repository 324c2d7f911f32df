"""The lists of the supply pages: columns, what an address finds, and the sums over it."""
