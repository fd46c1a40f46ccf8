"""Names a browser, or somebody, may give a file; what is kept of each (P4)."""

from tests.carte.fichiers.case import CFE_PHOTO, Case
from tests.carte.fichiers.jpegs import jpeg
from tests.carte.fichiers.pngs import png

CHOOSE = "Choisissez un fichier, ou prenez une photo."
# What the name is for, the name as it goes over the wire, the label kept.
KEPT = {
    "a path": (b"/home/ada/../../etc/passwd", "passwd"),
    "a path of Windows": (b"C:\\Users\\ada\\moi.jpg", "moi.jpg"),
    "a path that climbs": (b"../../../moi.jpg", "moi.jpg"),
    "a NUL": (b"moi.php\0.jpg", "moi.php.jpg"),
    "control marks": (b"m\x01o\x1b[31mi\x7f.jpg", "mo[31mi.jpg"),
    "line ends, as browsers write them": (b"moi%0D%0ASet-Cookie: a=b.jpg", "moi%0D%0ASet-Cookie: a=b.jpg"),
    "a right-to-left mark": ("moi\u202egpj.exe".encode(), "moigpj.exe"),
    "300 letters": (b"x" * 296 + b".jpg", "x" * 120),
    "300 letters of three bytes": ("\u6f22".encode() * 300, "\u6f22" * 120),
    "accents, spaces and an apostrophe": ("Ma photo d’été.jpg".encode(), "Ma photo d’été.jpg"),
    "a face": ("moi \U0001f600.jpg".encode(), "moi \U0001f600.jpg"),
    "tags": (b"<b>moi</b>.jpg", "b>.jpg"),
    "tags without a bar": (b"<img src=x onerror=alert(1)>.jpg", "<img src=x onerror=alert(1)>.jpg"),
    "tags as entities": (b"&lt;b&gt;.jpg", "<b>.jpg"),
    "braces of a template": (b"{{ request }}{% debug %}.jpg", "{{ request }}{% debug %}.jpg"),
    "quotes escaped": (b'\\"moi\\".jpg', '"moi".jpg'),
}
# Without a name that can be read, the form sees no file.
MISSING = {
    "no name": b"",
    "a folder": b"moi/",
    "dots": b"..",
    "nothing that shows": "\u200b".encode(),
    "bytes that are no UTF-8": b"moi\xff\xfe.jpg",
}
CASES = [
    *(Case(f"name: {what}", jpeg, filename=name, label=label) for what, (name, label) in KEPT.items()),
    *(Case(f"name: {what}", jpeg, CFE_PHOTO, said=CHOOSE, filename=name) for what, name in MISSING.items()),
    Case("name: a line end as it is", jpeg, CFE_PHOTO, filename=b"moi\r\n.jpg", label=""),
    Case("PNG named .jpg", png, label="photo.jpg", size=(320, 400)),
    Case("JPEG named .png", jpeg, filename=b"moi.png", label="moi.png", claimed="image/png", size=(320, 400)),
    Case("JPEG named .pdf", jpeg, filename=b"moi.pdf", label="moi.pdf", claimed="application/pdf"),
    Case("JPEG named .html", jpeg, filename=b"moi.html", label="moi.html", claimed="text/html"),
    Case("JPEG named .exe", jpeg, filename=b"moi.exe", label="moi.exe", claimed="application/x-msdownload"),
    Case("JPEG without a type", jpeg, claimed=""),
]
