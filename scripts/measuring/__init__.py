"""Benchmarks, memory measurements, and the pictures that they and the tests are made with."""
