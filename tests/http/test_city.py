"""What anybody may see: the city itself, its health, its description, its cards."""

from tests.running_city import RunningCity


async def test_anybody_learns_which_city_this_is_and_what_time_it_is_there(city: RunningCity) -> None:
    about = (await city.client.get("/api/v1/city")).json()
    assert about["name"] == {"zh": "贵阳", "en": "Guiyang"}
    assert about["zone"] == "Asia/Shanghai"
    assert about["now"].endswith("+08:00")


async def test_notices_are_told_while_they_are_current(city: RunningCity) -> None:
    told = (await city.client.get("/api/v1/city")).json()["notices"]
    assert [notice["id"] for notice in told] == ["now"]
    assert told[0]["title"] == {"zh": "标题 now", "en": "Title now"}
    assert told[0]["until"] == "2099-01-01T08:00:00+08:00"


async def test_a_ready_city_says_so(city: RunningCity) -> None:
    assert (await city.client.get("/healthz")).json() == {"status": "alive"}
    assert (await city.client.get("/readyz")).json() == {
        "status": "ready",
        "checks": {"documents": "ok", "ephemeral": "ok"},
    }


async def test_the_description_and_its_page_come_from_this_server_alone(city: RunningCity) -> None:
    document = (await city.client.get("/api/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/bookings" in document["paths"]
    page = (await city.client.get("/api/docs")).text
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert f'"/api/docs/{asset}"' in page
        assert (await city.client.get(f"/api/docs/{asset}")).status_code == 200
    assert "http://" not in page.replace("http://127.0.0.1", "")
    assert "https://" not in page
    assert (await city.client.get("/api/docs/../../config.yaml")).status_code == 404


async def test_an_error_code_can_be_looked_up(city: RunningCity) -> None:
    answer = (await city.client.get("/api/problems/booking.full")).json()
    assert (answer["status"], answer["title_en"]) == (409, "Not enough places left in this slot")
    assert (await city.client.get("/api/problems/no.such")).status_code == 404
