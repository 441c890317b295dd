"""Who receives personal data and is no department of the catalogue. Departments' ids hold a dot; these do not."""

from collections.abc import Mapping

from core.text import Text, text

CITY, WECHAT = "city", "wechat"
OFFICES: Mapping[str, Text] = {
    CITY: text("本市统一身份认证", "The city's identity centre"),
    WECHAT: text("微信人脸核身", "WeChat's face verification"),
}
