"""What the market does: products, inventory, orders, payments, emails, and the pages and API over them."""
