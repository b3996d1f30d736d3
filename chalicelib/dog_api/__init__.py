"""The client of the dog API: downloads over HTTPS, and the meaning of responses and addresses. It does not use AWS."""
