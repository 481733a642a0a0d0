/** Modules of Python's standard library that applications import, `__future__` included: their imports come first in a file. */
export const STANDARD_LIBRARY: ReadonlySet<string> = new Set(
  ("__future__ abc argparse array ast asyncio atexit base64 bisect builtins calendar cmath codecs collections colorsys concurrent configparser "
    + "contextlib contextvars copy csv ctypes dataclasses datetime decimal difflib dis email enum errno fnmatch fractions ftplib functools gc "
    + "getpass gettext glob gzip hashlib heapq hmac html http imaplib importlib inspect io ipaddress itertools json keyword linecache locale "
    + "logging lzma mailbox math mimetypes multiprocessing numbers operator os pathlib pickle pkgutil platform pprint queue random re secrets "
    + "select selectors shlex shutil signal smtplib socket sqlite3 ssl stat statistics string struct subprocess sys sysconfig tarfile tempfile "
    + "textwrap threading time timeit tomllib traceback types typing unicodedata unittest urllib uuid warnings wave weakref xml zipfile zlib "
    + "zoneinfo").split(" "),
);
