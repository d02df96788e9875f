"""Classes belong to a folder, in an order that does not hang on what was opened first."""

from tests.gui.pages.conftest import save_picture


def test_classes_do_not_leak_from_folder_to_folder(user, streets, tmp_path, write_labelme):
    write_labelme(streets / "street 1.png", "tram", (10, 10, 50, 50))
    other = tmp_path / "other"
    other.mkdir()
    write_labelme(save_picture(other / "meadow.png"), "cow", (10, 10, 50, 50))
    user.open(streets)
    user.until(lambda: user.session.classes == ("tram",))
    user.open(other)
    user.go("meadow.png")
    user.until(lambda: user.session.classes == ("cow",))
    user.open(streets)
    user.go("street 1.png")
    user.until(lambda: user.session.classes == ("tram",))


def test_the_order_of_classes_is_the_same_whichever_picture_is_opened_first(
    new_user, streets, write_labelme
):
    write_labelme(streets / "street 1.png", "tram", (10, 10, 50, 50))
    write_labelme(streets / "street 2.png", "car", (10, 10, 50, 50))
    for first in ("street 1.png", "street 2.png"):
        user = new_user()
        user.page.opener.open_folder(streets, streets / first)
        user.go(first)
        user.until(lambda user=user: user.session.classes == ("car", "tram"))
        user.destroy()
