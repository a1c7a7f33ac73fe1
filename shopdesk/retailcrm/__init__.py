"""A door in another API's language: storefront modules that speak API v5 are pointed at this desk and go on working."""
