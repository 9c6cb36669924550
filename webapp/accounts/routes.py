"""All pages about accounts: importing this gathers them on the one blueprint."""

from webapp.accounts import joining_pages, logging_in
from webapp.accounts.desk import bp

__all__ = ["bp", "joining_pages", "logging_in"]
