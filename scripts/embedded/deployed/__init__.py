"""What runs a deployed zip on the embedded AWS: Chalice's API calls, CloudFormation types, the Lambda runtime."""
