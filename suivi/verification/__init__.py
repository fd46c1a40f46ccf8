"""Whether all that is stored is consistent: one table of questions (``manage.py verify``).

Each question is a few queries over whole tables; only files are opened one by one.
"""

from suivi.verification.question import Anomaly, Question
from suivi.verification.questions import FILE_QUESTIONS, QUESTIONS
from suivi.verification.report import Report, verify

__all__ = ["FILE_QUESTIONS", "QUESTIONS", "Anomaly", "Question", "Report", "verify"]
