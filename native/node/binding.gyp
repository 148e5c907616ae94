{
  # One library per instruction set, so that only its files carry its flags: the kernel picks at run time,
  # and the rest of the addon must run on any CPU of the architecture. Never -march=native.
  "target_defaults": {
    "include_dirs": ["../include"],
    "cflags!": ["-O2"],
    # No fused multiply-add: float sums are the same, bit for bit, in every build and instruction set.
    "cflags": ["-O3", "-ffp-contract=off", "-fvisibility=hidden"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-exceptions", "-fno-rtti"],
    "cflags_cc": ["-std=c++20"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "GCC_OPTIMIZATION_LEVEL": "3",
      "OTHER_CFLAGS": ["-ffp-contract=off"],
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES"
    },
    "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/std:c++20", "/fp:precise"], "ExceptionHandling": 1 } }
  },
  "targets": [
    {
      "target_name": "franca_kernel",
      "type": "loadable_module",
      "sources": ["addon.cc", "arguments.cc", "index.cc", "calls.cc", "checkpoint.cc", "jobs.cc", "pool.cc", "<!@(node sources.mjs base)"],
      "defines": ["NAPI_VERSION=8"],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["kernel_avx2", "kernel_avx512", "kernel_avx512vnni"] }],
        ["target_arch=='arm64'", { "dependencies": ["kernel_neon"] }]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernel_avx2",
          "type": "static_library",
          "sources": ["<!@(node sources.mjs avx2)"],
          "cflags": ["-mavx2", "-mfma", "-mf16c"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "-mavx2", "-mfma", "-mf16c"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX2"] } }
        },
        {
          "target_name": "kernel_avx512",
          "type": "static_library",
          "sources": ["<!@(node sources.mjs avx512)"],
          "cflags": ["<@(avx512)"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "<@(avx512)"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } },
          "variables": { "avx512": ["-mavx2", "-mfma", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl"] }
        },
        {
          "target_name": "kernel_avx512vnni",
          "type": "static_library",
          "sources": ["<!@(node sources.mjs avx512vnni)"],
          "cflags": ["<@(vnni)"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-ffp-contract=off", "<@(vnni)"] },
          "msvs_settings": { "VCCLCompilerTool": { "AdditionalOptions": ["/arch:AVX512"] } },
          "variables": { "vnni": ["-mavx2", "-mfma", "-mf16c", "-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512vnni"] }
        }
      ]
    }],
    ["target_arch=='arm64'", {
      "targets": [
        { "target_name": "kernel_neon", "type": "static_library", "sources": ["<!@(node sources.mjs neon)"] }
      ]
    }]
  ]
}
