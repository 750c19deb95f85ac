"""How does a spreadsheet come into a review: brought, read, matched, shown, taken, applied, undone?"""
