"""What do people's programs make of a spreadsheet? LibreOffice without a window saves it again.

Each call takes seconds: tests that call it are of the group "office".
"""

import shutil
import subprocess

ON_A_MAC = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
UTF8 = "44,34,76,1"  # commas, double quotes, UTF-8, from the first row
AS = {"xlsx": "xlsx", "ods": "ods", "csv": f"csv:Text - txt - csv (StarCalc):{UTF8},,0,false,true,false"}


def resaved(files, kind, folder):
    """`{stem: bytes}` of `{name: bytes}` as LibreOffice saves them; of CSV files it has to be told that they are UTF-8."""
    before, after = folder / "before", folder / f"after-{kind}"
    before.mkdir(parents=True)
    for name, content in files.items():
        (before / name).write_bytes(content)
    told = [f"--infilter=CSV:{UTF8}"] if all(name.endswith(".csv") for name in files) else []
    subprocess.run(
        [shutil.which("soffice") or ON_A_MAC, f"-env:UserInstallation=file://{folder.parent}/profile", "--headless", *told,
         "--convert-to", AS[kind], "--outdir", after, *(before / name for name in files)],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return {path.stem: path.read_bytes() for path in after.iterdir()}
