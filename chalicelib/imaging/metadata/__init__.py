"""What a file carries besides its pixels: one module a container format."""
