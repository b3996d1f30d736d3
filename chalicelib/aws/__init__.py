"""The only rooms that import boto3."""
