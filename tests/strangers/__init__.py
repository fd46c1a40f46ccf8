"""Every address of the portal, asked by those it is not for, with the rows of others."""
