"""What is wrong with sweep files."""
