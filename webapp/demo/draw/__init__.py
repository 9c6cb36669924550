"""Draws the still-lifes of the demo's goods; `python -m webapp.demo.draw` writes them to static/art."""
