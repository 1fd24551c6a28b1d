"""Loops over arrays as machine code: numba compiles one the first time, later processes take up what it made.

Kept is an object file, as a linker takes it, in a folder of the cache. A process that finds it there needs llvmlite
alone: some 0.05 s where loading numba and compiling take a second and more, of which numba's own cache would spare the
half. What is not there, damaged, or made by another version or for another processor is made anew.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import inspect
import os
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from ..errors import OutputError
from ..files.cache_folder import cache_folder
from ..files.writing import prepare_folder, write_bytes
from .arithmetic import bits_of, float_of, root_of

FOLDER = "compiled"
#: Names another folder for them: of a cache that is thrown away, they are what is worth keeping.
PLACE = "CHIPATLAS_COMPILED_DIR"
#: Functions of C's library that machine code may call; every process of Python has them.
_OF_C = {"sqrt", "exp", "log"}
#: What holds the machine code: it must outlive the functions.
_alive: list[Any] = []


@functools.cache
def compiled(loop: Callable[..., int], arguments: tuple[str, ...]) -> Callable[..., int]:
    """Machine code of a function that loops over arrays of one axis and returns a whole number.

    Parameters
    ----------
    loop : function
        In the part of Python that numba knows. No index in it is checked, and a division by zero gives an infinity.
        It calls nothing but functions of ours in that part of Python, which become part of it, and `math`'s `sqrt`,
        `exp` and `log`, which are the C library's.
    arguments : tuple of str
        Type of each argument: ``uint8*`` is an array of uint8, ``int64`` a number.

    Returns
    -------
    callable
        Takes contiguous arrays of just these types; `ctypes.ArgumentError` for others.
    """
    path = _path(loop, arguments)
    address = _kept(path)
    if address is None:
        address = _made(loop, arguments, path)
    return ctypes.CFUNCTYPE(ctypes.c_int64, *map(_argument, arguments))(address)


def compiled_folder() -> Path:
    """``CHIPATLAS_COMPILED_DIR``, or the folder ``compiled`` of the cache."""
    given = os.environ.get(PLACE, "").strip()
    return Path(given).expanduser() if given else cache_folder() / FOLDER


def _argument(name: str) -> Any:
    """How a function of C takes it."""
    if name.endswith("*"):
        return np.ctypeslib.ndpointer(np.dtype(name[:-1]), flags="C_CONTIGUOUS")
    return getattr(ctypes, f"c_{name}")


def _path(loop: Callable[..., int], arguments: tuple[str, ...]) -> Path:
    """Where the assembly is kept: another place for another source, version or processor."""
    import llvmlite.binding as llvm

    functions: list[Any] = [loop, *_called(loop)]
    files = sorted({__file__, *map(inspect.getfile, functions)})
    source = b"".join(Path(file).read_bytes() for file in files)
    versions = [metadata.version(package) for package in ("numba", "llvmlite")]
    about = "\n".join([*arguments, *versions, llvm.get_default_triple(), llvm.get_host_cpu_name(), _features()])
    key = hashlib.sha256(about.encode() + source).hexdigest()[:32]
    return compiled_folder() / f"{loop.__name__}-{key}.o"


def _kept(path: Path) -> int | None:
    """Address of kept machine code; None when it does not stand there as it was written."""
    import llvmlite.binding as llvm

    try:
        first, code = path.read_bytes().split(b"\n", 1)
        digest, name = first.decode("ascii").split(" ")
    except (OSError, ValueError):
        return None
    if digest != _digest(name, code):
        return None
    linked = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
    linked.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
    linked.finalize_object()
    _alive.append(linked)
    return int(linked.get_function_address(name))


def _target() -> Any:
    """This processor, for LLVM."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=3, codemodel="jitdefault", jit=True
    )


def _features() -> str:
    """What this processor can do besides what its name says."""
    import llvmlite.binding as llvm

    return str(llvm.get_host_cpu_features().flatten())


def _called(loop: Callable[..., Any]) -> list[FunctionType]:
    """Functions of ours that a loop calls, and those that these call: each once."""
    found: dict[FunctionType, None] = {}
    names = [getattr(loop, "__globals__", {}).get(name) for name in loop.__code__.co_names]
    for function in names:
        if isinstance(function, FunctionType) and function is not loop:
            found |= dict.fromkeys([function, *_called(function)])
    return list(found)


@functools.cache
def _teach(function: FunctionType) -> None:
    """Have numba write a function of ours into whatever calls it; what a processor has an instruction for, as that."""
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, overload, register_jitable

    real, whole = (types.float64, ir.DoubleType()), (types.int64, ir.IntType(64))

    def root(builder: Any, value: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.sqrt", [real[1]]), [value])

    instructions = {
        bits_of: (real, whole, lambda builder, value: builder.bitcast(value, whole[1])),
        float_of: (whole, real, lambda builder, value: builder.bitcast(value, real[1])),
        root_of: (real, real, root),
    }
    if function not in instructions:
        register_jitable(forceinline=True)(function)
        return
    taken, result, instruction = instructions[function]

    def typed(_: Any, value: Any) -> Any:
        del value
        return result[0](taken[0]), lambda context, builder, signature, values: instruction(builder, values[0])

    known: Any = intrinsic(typed)
    overload(function, jit_options={"forceinline": True})(lambda value: lambda value: known(value))


def _made(loop: Callable[..., int], arguments: tuple[str, ...], path: Path) -> int:
    """Compile a loop and keep its machine code, where that calls nothing and there is a place for it."""
    import llvmlite.binding as llvm
    from numba import cfunc, types

    def numba_type(name: str) -> Any:
        plain = getattr(types, name.rstrip("*"))
        return types.CPointer(plain) if name.endswith("*") else plain

    for function in _called(loop):
        _teach(function)
    machine_code = cfunc(types.int64(*map(numba_type, arguments)), error_model="numpy")(loop)
    _alive.append(machine_code)
    name = machine_code.native_name
    text = _without_errors(machine_code.inspect_llvm(), name)
    if _stands_alone(text):
        code = _target().emit_object(llvm.parse_assembly(text))
        with suppress(OSError, OutputError):
            head = f"{_digest(name, code)} {name}\n".encode("ascii")
            write_bytes(prepare_folder(path.parent) / path.name, head + code)
    return int(machine_code.address or 0)


def _without_errors(text: str, name: str) -> str:
    """An assembly optimised once more, with `name` alone to be called: what reports errors that never come is gone.

    A large loop stands beside the function that C calls, which looks at what it answers; known to it alone, it is seen
    to answer that all went well.
    """
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    for function in module.functions:
        if not function.is_declaration and function.name != name:
            function.linkage = llvm.Linkage.internal
    builder = llvm.create_pass_builder(_target(), llvm.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    return str(module)


def _stands_alone(text: str) -> bool:
    """Whether an assembly calls nothing but what LLVM or C's library has: nothing of numba's or Python's own."""
    import llvmlite.binding as llvm

    called = [function.name for function in llvm.parse_assembly(text).functions if function.is_declaration]
    return all(name.startswith("llvm.") or name in _OF_C for name in called)


def _digest(name: str, code: bytes) -> str:
    return hashlib.sha256(name.encode("ascii") + b"\n" + code).hexdigest()
