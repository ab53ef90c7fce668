"""What looks at a running sweep again and again, and acts on it by the user's explicit word."""
