"""The VPC of a stage: its settings, its stack, the routes that functions need, and Lambda's network interfaces."""
