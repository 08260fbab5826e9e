"""PostHog's Core-7 operations as a Django app; see README.md beside it."""
