"""The page outside of the API: the setting WEB, its stack, and what the deployment publishes there."""
