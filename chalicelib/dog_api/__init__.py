"""The dog API: HTTPS downloads from its hosts, and what its answers and addresses mean. It knows nothing of AWS."""
