"""Runs a deployed zip on the embedded AWS: Chalice's API calls, CloudFormation types, and the Lambda runtime."""
