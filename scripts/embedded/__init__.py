"""What `make run` needs: the embedded AWS, and the API in front of it."""
