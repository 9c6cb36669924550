"""All pages about accounts: importing this gathers them on the one blueprint."""

from webapp.accounts import invited_pages, joining_pages, logging_in, settings_pages
from webapp.accounts.desk import bp

__all__ = ["bp", "invited_pages", "joining_pages", "logging_in", "settings_pages"]
