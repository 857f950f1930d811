"""Values become what people read: pages, mails, terminal. Pure but for reading its templates."""
