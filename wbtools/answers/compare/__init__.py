"""Sides of a comparison."""
