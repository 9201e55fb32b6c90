"""What works here, and one file to send when it does not. A row that fails ends with its cure."""
