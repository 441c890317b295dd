"""Words a person reads, in the two languages the city speaks."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["zh", "en"]


class Text(BaseModel):
    """One text in Chinese and English. Chinese is what the city speaks; English is its courtesy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str

    def pick(self, language: Language) -> str:
        return self.en if language == "en" else self.zh


def text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)
