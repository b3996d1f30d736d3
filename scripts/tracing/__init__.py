"""What happened to one photo: the facts that AWS has about it, and what they mean in a person's words."""
