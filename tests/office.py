"""What do people's programs make of a spreadsheet? LibreOffice without a window saves it again."""

import shutil
import subprocess
from pathlib import Path

ON_A_MAC = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
# UTF-8, commas, text quoted, every cell as it is shown.
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1"


def resaved(path, ending, *, folder):
    """The path of the file as LibreOffice saves it with this ending (or filter), in a new folder below `folder`."""
    profile, into = folder / "profile", folder / f"resaved-{ending.partition(':')[0]}"
    subprocess.run(
        [shutil.which("soffice") or ON_A_MAC, f"-env:UserInstallation={profile.as_uri()}", "--headless",
         "--convert-to", ending, "--outdir", str(into), str(path)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return into / Path(path).with_suffix("." + ending.partition(":")[0]).name
