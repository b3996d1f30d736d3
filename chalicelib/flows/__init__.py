"""The use cases of Darkroom: one module for each, such as an upload or an S3 event.

A flow calls AWS only through the backends. It must not import boto3, Chalice or `rest`.
"""
