"""One module for each thing that happens. A flow takes the backends, and knows neither HTTP nor boto3."""
