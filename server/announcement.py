"""What a city tells the person who started it: what is where."""

from identity_center.staff.roles import ROLES
from server.config import Settings


def where(settings: Settings, url: str, sandbox_url: str | None) -> str:
    lines = [
        f"城市通 {settings.city.name.zh} · {settings.profile}",
        *_app_lines(settings, url),
        f"  API      {url}/api/v1/city      描述 docs: {url}/api/docs",
        f"  health   {url}/readyz           metrics: {url}/metrics",
        f"  state    {settings.data_folder}",
    ]
    if settings.workers > 1:
        lines.append(f"  workers  {settings.workers}")
    if sandbox_url:
        lines += [
            f"  sandbox  {sandbox_url}  (WeChat, the authority and the departments, simulated)",
            f"  staff    {url}/staff  ({', '.join(ROLES)}; password: {settings.demo.staff_password})",
            "  tour     ./run tour" + ("" if url.endswith(":8080") else f" --url {url}"),
        ]
    return "\n".join(lines)


def _app_lines(settings: Settings, url: str) -> list[str]:
    folder = settings.miniapp.path
    if folder is None:
        return []
    built = (folder / "index.html").is_file()
    return [f"  app      {url}/" if built else "  app      not built: ./run build says why"]
