"""What people say of the portal."""

from suivi.models.satisfaction import Satisfaction

__all__ = ["Satisfaction"]
