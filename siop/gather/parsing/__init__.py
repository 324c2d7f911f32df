"""Text in, typed values out, column by column; every distinct text is judged once."""
