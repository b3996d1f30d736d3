"""The adapters for AWS. No other package may import boto3."""
